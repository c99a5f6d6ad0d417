"""The figures that src/stats/*_test.cc hold, from SciPy and statsmodels.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install scipy==1.17.1 statsmodels==0.15.0 && /tmp/v/bin/python figures.py

Connor's and Fleiss' sample sizes and Newcombe's paired interval have no function there: they are written out here from
the papers that power.h and proportion.h name. The first three paired tables and 56/70 against 48/80 are Newcombe's own examples.
"""
import numpy as np, scipy, statsmodels
from scipy import stats as S
import statsmodels.api as sm
from statsmodels.stats.proportion import proportion_confint, confint_proportions_2indep, proportions_ztest
from statsmodels.stats.power import TTestPower
r=repr
print(scipy.__version__, statsmodels.__version__)
print('norm.ppf', [ (p, float(S.norm.ppf(p))) for p in (0.975,0.995,0.8,1e-10,0.5000001)])
print('norm.cdf', [ (z, float(S.norm.cdf(z))) for z in (-8.5,-1.0,0.3,5)])
print('t.ppf', [ (p,d, float(S.t.ppf(p,d))) for p,d in ((0.975,1),(0.975,2),(0.975,9),(0.975,199),(0.95,2.5),(0.9999,3),(0.975,1e6),(0.6,30))])
print('t.sf', [ (t,d, float(S.t.sf(t,d))) for t,d in ((1e-3,5),(2.0,10),(40,7),(5,1e5),(1.96,1e7),(12.5,150))])
print('binom.cdf', [(k,n,p,float(S.binom.cdf(k,n,p))) for k,n,p in ((3,20,.5),(7,10,.5),(480,1000,.5),(90,100,.95),(0,30,.01))])
print('binom.pmf', [(k,n,p,float(S.binom.pmf(k,n,p))) for k,n,p in ((3,20,.5),(500,1000,.5),(95,100,.95))])
print('betainc', [(a,b,x,float(S.beta.cdf(x,a,b))) for a,b,x in ((2,3,.4),(0.5,0.5,.1),(50,3,.9),(200.5,300.5,.42))])
for s,n in ((81,263),(15,148),(0,20),(1,29),(29,29)):
    print('wilson',s,n, proportion_confint(s,n,method='wilson'))
for a in ((48,80,56,70),(0,20,0,30),(9,10,3,10),(120,1000,150,1000)):
    s1,n1,s2,n2=a
    ci=confint_proportions_2indep(s2,n2,s1,n1,method='newcomb')
    z=proportions_ztest([s2,s1],[n2,n1])
    print('2prop',a,ci,z)
x=[0.12,-0.03,0.4,0.05,0.31,-0.22,0.08,0.17,0.0,0.26,-0.11,0.09]
g=[0,0,0,1,1,2,3,3,4,4,4,5]
res=S.ttest_1samp(x,0); print('ttest',res.statistic,res.pvalue,res.confidence_interval(.95), np.mean(x), np.var(x,ddof=1))
m=sm.OLS(x,np.ones(len(x))).fit(cov_type='cluster',cov_kwds={'groups':np.array(g)},use_t=True)
print('cluster',m.params,m.bse,m.pvalues,m.conf_int())
y=[1.2,3.4,2.2,5.1,0.7,2.9]; w=[2.5,4.8,3.9,6.0,2.0]
res=S.ttest_ind(w,y,equal_var=False); print('welch',res.statistic,res.pvalue,res.df,res.confidence_interval(.95),np.mean(w)-np.mean(y))
for b,c in ((8,3),(25,10),(0,5),(4,4),(60,41),(1,9)):
    n=b+c;k=min(b,c); e=S.binomtest(k,n,.5).pvalue
    print('mcnemar',b,c,e, e-S.binom.pmf(k,n,.5) if b!=c else 1)
xs=np.sort(np.round(np.exp(np.random.default_rng(7).normal(size=100)),4)); print('q data',list(map(float,xs)))
for p in (.5,.9,.95):
    print('quantile',p,float(np.quantile(xs,p)), S.quantile_test(xs,p=p).confidence_interval(.95))
print('boot', S.bootstrap((np.array(x),),np.mean,n_resamples=200000,method='BCa',random_state=1).confidence_interval, S.bootstrap((np.array(x),),np.mean,n_resamples=200000,method='percentile',random_state=1).confidence_interval)
e=list(np.round(np.random.default_rng(3).exponential(size=40),3)); print('expdata',list(map(float,e)))
print('bootexp', S.bootstrap((np.array(e),),np.mean,n_resamples=500000,batch=10000,method='BCa',random_state=1).confidence_interval, S.bootstrap((np.array(e),),np.mean,n_resamples=500000,batch=10000,method='percentile',random_state=1).confidence_interval)
print('bootmedian', S.bootstrap((np.array(e),),np.median,n_resamples=200000,batch=10000,method='percentile',random_state=1).confidence_interval)
for sd,eff,pw in ((0.35,0.05,.8),(1,0.5,.9),(0.2,0.01,.8)):
    print('power',sd,eff,pw,TTestPower().solve_power(effect_size=eff/sd,alpha=.05,power=pw))
from math import sqrt
def connor(pd,d,pw): 
    za,zb=S.norm.ppf(.975),S.norm.ppf(pw); return ((za*sqrt(pd)+zb*sqrt(pd-d*d))/d)**2
print('connor',connor(.2,.05,.8),connor(.1,.1,.8),connor(.3,.1,.9))
def fleiss(p,d,pw):
    za,zb=S.norm.ppf(.975),S.norm.ppf(pw);q=p+d;m=(p+q)/2
    return ((za*sqrt(2*m*(1-m))+zb*sqrt(p*(1-p)+q*(1-q)))/d)**2
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail
print('fleiss',fleiss(.6,.1,.8),fleiss(.9,.05,.9))
def w(s,n,z=S.norm.ppf(.975)):
    lo,hi=proportion_confint(s,n,method='wilson'); return s/n,lo,hi
def paired(a,b,c,d):
    # second - first
    n=a+b+c+d; p1,l1,u1=w(a+b,n); p2,l2,u2=w(a+c,n)
    marg=(a+b)*(c+d)*(a+c)*(b+d)
    phi=0
    if marg:
        num=a*d-b*c
        if num>0: num=max(0,num-n/2)
        phi=num/sqrt(marg)
    D=p2-p1
    dl=sqrt((p2-l2)**2-2*phi*(p2-l2)*(u1-p1)+(u1-p1)**2)
    du=sqrt((u2-p2)**2-2*phi*(u2-p2)*(p1-l1)+(p1-l1)**2)
    return D-dl,D+du
for t in ((36,12,2,0),(53,0,1,0),(1,97,1,1),(30,0,0,0),(70,5,15,10),(0,0,7,3)): print('paired',t,paired(*t))
